"""Events of files as rows of tables, and queries over them."""
