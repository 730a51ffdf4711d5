# Two tileserve behind one Varnish. Varnish probes each twice a second, and sends a request that one could not
# answer to the other at once, whatever the probes say.
probe is_ready {
  .url = "/health/ready";
  .interval = 500ms;
  .timeout = 2s;
  .window = 5;
  .threshold = 3;
  .initial = 3;
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

sub other_server {
  if (bereq.backend == tileserve_1) {
    set bereq.backend = tileserve_2;
  } else {
    set bereq.backend = tileserve_1;
  }
}

sub vcl_backend_fetch {
  if (bereq.retries == 0) {
    if (std.random(0, 2) < 1) {
      call other_server;
    }
    if (!std.healthy(bereq.backend)) {
      call other_server;
    }
  }
}

# A server that has just started answers 503 until it has read the map.
sub vcl_backend_response {
  if (beresp.status == 503 && bereq.retries == 0) {
    call other_server;
    return (retry);
  }
}

sub vcl_backend_error {
  if (bereq.retries == 0) {
    call other_server;
    return (retry);
  }
}
