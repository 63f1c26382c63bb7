"""The web pages (Swagger UI, ReDoc, GraphiQL), served from the package itself."""
