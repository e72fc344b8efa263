"""Addresses of detection as content."""

from __future__ import annotations

from django.urls import path

from burgrave.detection.views import attack, coverage, exceptions, layers, library, placeholders, trials

app_name = "detection"
urlpatterns = [
    path("detection/library/", library.rules, name="library"),
    path("detection/library/<uuid:library_rule_id>/", library.rule, name="rule"),
    path("detection/library/<uuid:library_rule_id>/decide/", library.decide, name="decide_rule"),
    path("detection/exceptions/", exceptions.exceptions, name="exceptions"),
    path("detection/exceptions/<uuid:exception_id>/", exceptions.exception, name="exception"),
    path("detection/exceptions/<uuid:exception_id>/decide/", exceptions.decide_exception, name="decide_exception"),
    path("detection/exceptions/alert/<uuid:alert_id>/", exceptions.except_alert, name="except_alert"),
    path("detection/exceptions/rule/<uuid:rule_version_id>/", exceptions.except_rule, name="except_rule"),
    path("detection/coverage/", coverage.coverage, name="coverage"),
    path("detection/attack/", attack.attack, name="attack"),
    path("detection/attack/layer/", attack.layer, name="layer"),
    path("detection/attack/release/", attack.release, name="release"),
    path("detection/attack/layers/", layers.layers, name="layers"),
    path("detection/attack/layers/<uuid:layer_id>/", layers.layer, name="brought_layer"),
    path("detection/attack/layers/<uuid:layer_id>/replace/", layers.replace_layer, name="replace_layer"),
    path("detection/attack/layers/<uuid:layer_id>/remove/", layers.remove_layer, name="remove_layer"),
    path("detection/health/", coverage.health, name="health"),
    path("detection/imports/", library.batches, name="batches"),
    path("detection/imports/<uuid:batch_id>/", library.batch, name="batch"),
    path("detection/trials/", trials.trials, name="trials"),
    path("detection/trials/ask/", trials.ask, name="ask_trial"),
    path("detection/trials/<uuid:trial_id>/", trials.trial, name="trial"),
    path("detection/trials/<uuid:trial_id>/cancel/", trials.cancel, name="cancel_trial"),
    path("detection/trials/<uuid:trial_id>/<uuid:library_rule_id>/", trials.tried, name="tried"),
    path("detection/placeholders/", placeholders.placeholders, name="placeholders"),
    path("detection/placeholders/add/", placeholders.add_placeholder, name="add_placeholder"),
    path("detection/placeholders/<uuid:placeholder_id>/", placeholders.placeholder, name="placeholder"),
    path(
        "detection/placeholders/<uuid:placeholder_id>/remove/",
        placeholders.remove_placeholder,
        name="remove_placeholder",
    ),
    path("detection/switches/", library.switches, name="switches"),
    path("detection/switches/on/", library.switch_on, name="switch_on"),
    path("detection/switches/<uuid:rule_version_id>/off/", library.switch_off, name="switch_off"),
]
