vcl 4.1;
# Varnish 7 before tileserve. What may be kept, and for how long, is said by tileserve's own headers:
# immutable tiles for a year, newest ones for a minute and then shown while they are asked for anew,
# internal ones by nobody. Set surrogate_key_headers = ["xkey"] in tileserve.toml to purge by layer,
# slot or map: curl -X PURGE -H "xkey: layer:density-public" http://127.0.0.1/
import std;
import xkey;

include "./backends.vcl";

# Who may purge.
acl purgers {
  "127.0.0.1";
  "::1";
}

sub vcl_recv {
  # Whoever asks keeps an idle connection for up to ten minutes (Google's load balancer; browsers for five). Varnish's
  # own five seconds would end it just as the next request is on its way; so it is they who end it.
  set sess.timeout_idle = 620s;
  if (req.method == "PURGE") {
    if (client.ip !~ purgers) {
      return (synth(403));
    }
    if (!req.http.xkey) {
      return (synth(400, "name what to purge in the header xkey"));
    }
    # What is purged softly is shown once more while it is asked for anew.
    return (synth(200, "purged " + xkey.softpurge(req.http.xkey)));
  }
  # Whoever shows a token or a signature gets an answer of their own.
  if (req.http.Authorization || req.url ~ "[?&]signature=") {
    return (pass);
  }
  # The page sets no cookies; those of other programs on this host say nothing to tileserve.
  unset req.http.Cookie;
  # No other query means anything to tileserve, so it makes no second copy.
  if (req.url ~ "^/v1/") {
    set req.url = regsub(req.url, "\?.*$", "");
  }
}

sub vcl_backend_response {
  # The grace time comes from stale-while-revalidate. For a day longer an answer is kept to be asked
  # about with its tag, and shown if tileserve cannot be reached.
  set beresp.keep = 1d;
  # Trouble never takes the place of an answer that is there.
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
