"""What lists of records are asked: the one language of filters and orders, for every facade and every store."""
