// The rules of Relay's specifications, as graphql-eslint knows them, on the SDL.
import graphql from "@graphql-eslint/eslint-plugin";

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "snapshots/schema.graphql" } },
    },
    rules: {
      ...graphql.configs["flat/schema-relay"].rules,
      // Relay's specification speaks of the edges of connections; a list of texts, such as tags, is none of its business.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // A history is read from its newest revision on; Relay asks for one direction or both, and for nodes of any kind.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
    },
  },
];
