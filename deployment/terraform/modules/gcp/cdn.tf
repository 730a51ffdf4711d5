# A load balancer with Cloud CDN in front of the tile servers. tileserve's Cache-Control says how long each
# response is cached (docs/cdn.md).
resource "google_compute_global_network_endpoint_group" "origin" {
  name                  = "foodmap-${var.environment}-origin"
  project               = var.project
  network_endpoint_type = "INTERNET_FQDN_PORT"
  default_port          = 443
}

resource "google_compute_global_network_endpoint" "origin" {
  project                       = var.project
  global_network_endpoint_group = google_compute_global_network_endpoint_group.origin.name
  fqdn                          = var.origin
  port                          = 443
}

# The secret that proves to tileserve that a request came through the CDN (access.origin_secrets). It refuses all others.
resource "random_password" "origin" {
  length  = 48
  special = false
}

resource "google_compute_backend_service" "tileserve" {
  name                  = "foodmap-${var.environment}"
  project               = var.project
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  enable_cdn            = true
  security_policy       = google_compute_security_policy.map.id
  custom_request_headers = [
    "Host: ${var.origin}",
    "X-Origin-Secret: ${random_password.origin.result}",
  ]
  custom_response_headers = [
    "Strict-Transport-Security: max-age=31536000; includeSubDomains",
    "X-Cache: {cdn_cache_status}",
  ]

  backend {
    group = google_compute_global_network_endpoint_group.origin.id
  }

  cdn_policy {
    cache_mode = "USE_ORIGIN_HEADERS"
    # While the servers are down, stale responses are served for a day.
    serve_while_stale = 86400
    negative_caching  = false
    cache_key_policy {
      include_host         = true
      include_protocol     = false
      include_query_string = true
      # The query of a signed URL. All other parameters are ignored.
      query_string_whitelist = ["for", "expires", "key", "signature"]
    }
  }

  log_config {
    enable      = true
    sample_rate = 0.01
  }
}

resource "google_compute_security_policy" "map" {
  # checkov:skip=CKV_GCP_73: nothing here runs Java
  name    = "foodmap-${var.environment}"
  project = var.project

  rule {
    priority    = 1000
    action      = "throttle"
    description = "One client must not crowd out the others"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "All other requests"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_url_map" "map" {
  name            = "foodmap-${var.environment}"
  project         = var.project
  default_service = google_compute_backend_service.tileserve.id
}

resource "google_compute_managed_ssl_certificate" "map" {
  name    = "foodmap-${var.environment}"
  project = var.project
  managed {
    domains = [var.domain]
  }
}

resource "google_compute_ssl_policy" "map" {
  name            = "foodmap-${var.environment}"
  project         = var.project
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "map" {
  name             = "foodmap-${var.environment}"
  project          = var.project
  url_map          = google_compute_url_map.map.id
  ssl_certificates = [google_compute_managed_ssl_certificate.map.id]
  ssl_policy       = google_compute_ssl_policy.map.id
  quic_override    = "ENABLE"
}

resource "google_compute_global_address" "map" {
  name    = "foodmap-${var.environment}"
  project = var.project
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "foodmap-${var.environment}-https"
  project               = var.project
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.map.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.map.id
}

resource "google_compute_url_map" "redirect" {
  name    = "foodmap-${var.environment}-redirect"
  project = var.project
  default_url_redirect {
    https_redirect = true
    strip_query    = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "foodmap-${var.environment}-redirect"
  project = var.project
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "foodmap-${var.environment}-http"
  project               = var.project
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.map.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
