const defaultQuery = `# Ctrl-Enter runs it.
query {
  records(first: 10) {
    edges {
      node {
        id
        collection
        payload
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    // The page and the endpoint have one address, behind any proxy.
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultQuery,
  }),
);
