SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  // The default asks a validator on the makers' site.
  validatorUrl: null,
});
