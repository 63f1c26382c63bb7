"""The pages for people (Swagger UI, ReDoc, GraphiQL), served from the package itself."""
