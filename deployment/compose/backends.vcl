# Two tileserve behind one Varnish: each is asked how it is every second, and a question that one could
# not answer goes to the other.
import directors;

probe is_ready {
  .url = "/health/ready";
  .interval = 500ms;
  .timeout = 400ms;
  .window = 3;
  .threshold = 2;
  .initial = 1;
}

backend tileserve_1 {
  .host = "tileserve-1";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 15s;
  .probe = is_ready;
}

backend tileserve_2 {
  .host = "tileserve-2";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 15s;
  .probe = is_ready;
}

sub vcl_init {
  new servers = directors.round_robin();
  servers.add_backend(tileserve_1);
  servers.add_backend(tileserve_2);
}

sub vcl_recv {
  set req.backend_hint = servers.backend();
}

# What one could not answer the other is asked, whatever the probes have seen by then.
sub vcl_backend_error {
  if (bereq.retries == 0) {
    if (beresp.backend == tileserve_1) {
      set bereq.backend = tileserve_2;
    } else {
      set bereq.backend = tileserve_1;
    }
    return (retry);
  }
}
