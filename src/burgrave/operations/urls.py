"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.operations.views import jobs, overview, schedules

app_name = "operations"
urlpatterns = [
    path("operations/", overview.overview, name="overview"),
    path("operations/jobs/", jobs.jobs, name="jobs"),
    path("operations/jobs/retry/", jobs.retry_kind, name="retry_kind"),
    path("operations/jobs/<int:number>/", jobs.job, name="job"),
    path("operations/jobs/<int:number>/retry/", jobs.retry, name="retry"),
    path("operations/jobs/<int:number>/cancel/", jobs.cancel, name="cancel"),
    path("operations/schedules/", schedules.schedules, name="schedules"),
    path("operations/schedules/<str:name>/", schedules.schedule, name="schedule"),
    path("operations/schedules/<str:name>/change/", schedules.change, name="change_schedule"),
    path("operations/schedules/<str:name>/run/", schedules.run, name="run_schedule"),
    path("operations/schedules/<str:name>/pause/", schedules.pause, name="pause_schedule"),
    path("operations/schedules/<str:name>/resume/", schedules.resume, name="resume_schedule"),
]
