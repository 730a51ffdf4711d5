# The single server behind Varnish. deployment/compose/backends.vcl names two.
backend tileserve {
  .host = "127.0.0.1";
  .port = "8080";
  .connect_timeout = 2s;
  .first_byte_timeout = 15s;
}
