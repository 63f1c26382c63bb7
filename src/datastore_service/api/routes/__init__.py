"""The resources of REST, one file each; routers.py lists them."""
