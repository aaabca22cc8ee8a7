vcl 4.1;
import std;
backend tienda01 { .host = "127.0.0.1"; .port = "18080"; .probe = { .url = "/salud"; .interval = 5s; .timeout = 2s; .window = 5; .threshold = 3; } }
backend tienda02 { .host = "127.0.0.1"; .port = "18081"; .probe = { .url = "/salud"; .interval = 5s; .timeout = 2s; .window = 5; .threshold = 3; } }
sub vcl_recv { if (req.url ~ "^/cesta") { set req.backend_hint = tienda03; return (pass); } }
