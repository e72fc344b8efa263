"""Addresses of the management system."""

from __future__ import annotations

from django.urls import path

from burgrave.isms.views import applicability, calendar, decisions, meetings, overview, readings, reviews, statements

app_name = "isms"

urlpatterns = [
    path("isms/statements/", statements.statements, name="statements"),
    path("isms/statements/add/<str:kind>/", statements.add, name="add"),
    path("isms/statements/<uuid:statement_id>/", statements.statement, name="statement"),
    path("isms/statements/<uuid:statement_id>/edit/", statements.edit, name="edit"),
    path("isms/statements/<uuid:statement_id>/approve/", statements.approve, name="approve"),
    path("isms/statements/<uuid:statement_id>/review/", statements.review, name="review"),
    path("isms/statements/<uuid:statement_id>/retire/", statements.retire, name="retire"),
    path("isms/statements/<uuid:statement_id>/readings/", readings.take, name="take_reading"),
    path(
        "isms/statements/<uuid:statement_id>/readings/<uuid:reading_id>/withdraw/",
        readings.withdraw,
        name="withdraw_reading",
    ),
    path("isms/indicators/", readings.indicators, name="indicators"),
    path("isms/committees/", meetings.committees, name="committees"),
    path("isms/committees/add/", meetings.add_committee, name="add_committee"),
    path("isms/committees/<uuid:committee_id>/", meetings.committee, name="committee"),
    path("isms/committees/<uuid:committee_id>/edit/", meetings.edit_committee, name="edit_committee"),
    path("isms/committees/<uuid:committee_id>/members/", meetings.seat, name="seat"),
    path("isms/committees/<uuid:committee_id>/members/<uuid:member_id>/end/", meetings.end_term, name="end_term"),
    path("isms/committees/<uuid:committee_id>/meetings/", meetings.plan, name="plan_meeting"),
    path("isms/meetings/<uuid:meeting_id>/", meetings.meeting, name="meeting"),
    path("isms/meetings/<uuid:meeting_id>/change/", meetings.change, name="change_meeting"),
    path("isms/meetings/<uuid:meeting_id>/minutes/", meetings.write, name="write_minutes"),
    path("isms/meetings/<uuid:meeting_id>/decisions/", meetings.decide, name="decide"),
    path("isms/meetings/<uuid:meeting_id>/approve/", meetings.approve, name="approve_minutes"),
    path("isms/meetings/<uuid:meeting_id>/cancel/", meetings.cancel, name="cancel_meeting"),
    path("isms/meetings/<uuid:meeting_id>/report/", meetings.report, name="minutes_report"),
    path("isms/reviews/", reviews.reviews, name="reviews"),
    path("isms/reviews/plan/", reviews.plan, name="plan_review"),
    path("isms/reviews/<uuid:review_id>/", reviews.review, name="review_record"),
    path("isms/reviews/<uuid:review_id>/change/", reviews.change, name="change_review"),
    path("isms/reviews/<uuid:review_id>/hold/", reviews.hold, name="hold_review"),
    path("isms/reviews/<uuid:review_id>/decisions/", reviews.decide, name="decide_in_review"),
    path("isms/reviews/<uuid:review_id>/approve/", reviews.approve, name="approve_review"),
    path("isms/reviews/<uuid:review_id>/report/", reviews.report, name="review_report"),
    path("isms/decisions/", decisions.decisions, name="decisions"),
    path("isms/decisions/<uuid:decision_id>/", decisions.decision, name="decision"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/month/", calendar.month, name="month"),
    path("calendar/addresses/", calendar.feeds, name="feeds"),
    path("calendar/addresses/revoke/", calendar.revoke_feed, name="revoke_feed"),
    path("calendar/feed/<str:token>.ics", calendar.feed, name="feed"),
    path("isms/applicability/", applicability.frameworks, name="soa_frameworks"),
    path("isms/applicability/<uuid:framework_id>/", applicability.framework, name="soa_framework"),
    path("isms/applicability/<uuid:framework_id>/decide/", applicability.decide, name="decide_applicability"),
    path("isms/applicability/<uuid:framework_id>/generate/", applicability.generate, name="generate_soa"),
    path("isms/applicability/versions/<uuid:soa_id>/", applicability.soa, name="soa"),
    path("isms/applicability/versions/<uuid:soa_id>/approve/", applicability.approve, name="approve_soa"),
    path("isms/applicability/versions/<uuid:soa_id>/report/", applicability.report, name="soa_report"),
    path("isms/", overview.overview, name="overview"),
    path("isms/maturity/", overview.maturity, name="maturity"),
    path("isms/statements/<uuid:statement_id>/rate/", overview.rate, name="rate"),
    path("isms/matrix/", readings.matrix, name="matrix"),
]
