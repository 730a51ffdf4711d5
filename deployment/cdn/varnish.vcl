vcl 4.1;
# Varnish 7 in front of tileserve. tileserve's headers say what may be cached, and for how long:
# pinned tiles for a year, latest tiles for a minute and then stale while they are revalidated,
# internal tiles never. Set surrogate_key_headers = ["xkey"] in tileserve.toml to purge by layer,
# slot or map: curl -X PURGE -H "X-Purge-Secret: …" -H "xkey: layer:density-public" http://127.0.0.1/
# The secret is the line of /etc/varnish/purge-secret, at least 16 characters. Without this file no client may purge.
# Varnish reads the file once: load the rules again after a change (varnishreload).
import std;
import xkey;

include "./backends.vcl";

# The addresses that may purge with the secret.
acl purgers {
  "127.0.0.1";
  "::1";
}

sub vcl_recv {
  # Clients keep an idle connection for up to ten minutes (Google's load balancer; browsers for five). The client
  # should close it first. With Varnish's default of five seconds, a request could be lost on its way.
  set sess.timeout_idle = 620s;
  if (req.method == "PURGE") {
    # The address alone does not suffice: behind a proxy on this machine, every client has a loopback address.
    if (client.ip !~ purgers || req.http.X-Purge-Secret !~ "^\S{16,}$" ||
        req.http.X-Purge-Secret != regsub(std.fileread("/etc/varnish/purge-secret"), "\s+$", "")) {
      return (synth(403));
    }
    if (!req.http.xkey) {
      return (synth(400, "name what to purge in the header xkey"));
    }
    # A soft purge: the stale response is served one last time while it is revalidated.
    return (synth(200, "purged " + xkey.softpurge(req.http.xkey)));
  }
  # A response to a request with a token or a signature is personal.
  if (req.http.Authorization || req.url ~ "[?&]signature=") {
    return (pass);
  }
  # The page sets no cookies, and tileserve ignores cookies of other programs on this host.
  unset req.http.Cookie;
  # tileserve ignores every other query, and reads %40, %2B and %2F as @, + and /, so none of them must create a
  # second copy.
  set req.url = regsub(req.url, "\?.*$", "");
  if (req.url ~ "^/v1/") {
    set req.url = regsuball(regsuball(regsuball(req.url, "%40", "@"), "%2[Bb]", "+"), "%2[Ff]", "/");
  }
}

sub vcl_backend_response {
  # The grace period comes from stale-while-revalidate. Keep a response for a day longer, to revalidate
  # it with its ETag, and to serve it if tileserve is unreachable.
  set beresp.keep = 1d;
  # An error never replaces a stored response.
  if (beresp.status >= 500 && bereq.is_bgfetch) {
    return (abandon);
  }
}

sub vcl_deliver {
  unset resp.http.xkey;
  if (obj.hits > 0) {
    set resp.http.X-Cache = "hit";
  } else {
    set resp.http.X-Cache = "miss";
  }
}
