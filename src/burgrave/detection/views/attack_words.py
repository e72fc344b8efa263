"""What the engine says of files about ATT&CK, so that pages say it in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("Choose the domain Enterprise in the Navigator."),
    gettext_noop("In the Navigator, save the layer as JSON; no picture and no table can be read."),
    gettext_noop("Leave out techniques or comments that say nothing."),
    gettext_noop("Open it in the ATT&CK Navigator and save it as a layer again."),
    gettext_noop("Save each layer in a file of its own."),
    gettext_noop("Take the file enterprise-attack.json of a release of ATT&CK as it is."),
    gettext_noop("a bundle has at most %(most)s bytes, this file has more"),
    gettext_noop("a bundle has at most %(most)s objects"),
    gettext_noop("a layer has at most %(most)s bytes, this file has more"),
    gettext_noop("a layer has at most %(most)s techniques, this one %(got)s"),
    gettext_noop("a release has at most %(most)s techniques"),
    gettext_noop("a value is nested too deep, or is a number of no use"),
    gettext_noop("a value is too long, or damaged"),
    gettext_noop("an object of the bundle is none"),
    gettext_noop("expected %(sign)s, got %(got)s"),
    gettext_noop("something stands behind the end of the bundle"),
    gettext_noop("technique %(number)s of the layer has the colour %(got)s, expected one such as #e60d0d"),
    gettext_noop("technique %(number)s of the layer has the score %(got)s, expected a number"),
    gettext_noop("the bundle has no matrix of ATT&CK for enterprises"),
    gettext_noop("the bundle has no technique of ATT&CK"),
    gettext_noop("the file holds %(count)s layers, expected one"),
    gettext_noop("the file holds a number that is none"),
    gettext_noop("the file is cut off, or damaged here"),
    gettext_noop("the file is nested deeper than any layer"),
    gettext_noop("the file is no JSON: line %(line)s, column %(column)s"),
    gettext_noop("the file is no STIX bundle, around byte %(place)s: %(what)s"),
    gettext_noop("the file is no STIX bundle: its type does not say so"),
    gettext_noop("the file is no UTF-8 text"),
    gettext_noop("the file is no UTF-8 text: byte %(place)s"),
    gettext_noop("the file is no layer of the ATT&CK Navigator: it names no techniques"),
    gettext_noop("the layer has the format %(got)s, expected 4.0 to 4.5"),
    gettext_noop("the layer is of the domain %(got)s, expected enterprise-attack"),
    gettext_noop("the techniques of the layer are no list of objects"),
)
"""As the engine writes them; a test holds them against it."""
