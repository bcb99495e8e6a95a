// Draws the API description from the schema. Nothing is asked of any other server: no validator, no fonts.
const place = document.getElementById("api-docs");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor: (request) => {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    if (cookie && !["GET", "HEAD"].includes(request.method)) request.headers["X-CSRFToken"] = cookie.split("=")[1];
    return request;
  },
});
