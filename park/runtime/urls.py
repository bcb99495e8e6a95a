from django.urls import include, path

# Named, not imported: the answers come from floors above this one.
urlpatterns = [path("", include("park.health"))]
