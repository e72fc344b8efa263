"""Types and dimensions of assets in the reader's language, for every page that names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.assets.terms import AssetType, Dimension
from burgrave.web.terms import Words

TYPE_WORDS: Mapping[AssetType, Words] = MappingProxyType(
    {
        AssetType.INFORMATION: _("Information"),
        AssetType.BUSINESS_PROCESS: _("Business process"),
        AssetType.SERVICE: _("Service"),
        AssetType.SYSTEM: pgettext_lazy("type of asset", "System"),
        AssetType.SOFTWARE: _("Software"),
        AssetType.DEVICE: _("Device"),
        AssetType.NETWORK: _("Network"),
        AssetType.LOCATION: _("Location"),
        AssetType.SUPPLIER: _("Supplier"),
        AssetType.ROLE: pgettext_lazy("type of asset", "Role"),
    }
)
DIMENSION_WORDS: Mapping[Dimension, Words] = MappingProxyType(
    {
        Dimension.CONFIDENTIALITY: _("Confidentiality"),
        Dimension.INTEGRITY: _("Integrity"),
        Dimension.AVAILABILITY: _("Availability"),
    }
)
