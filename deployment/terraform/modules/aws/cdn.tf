# The CDN in front of the tile servers. tileserve's Cache-Control says how long each response is cached
# (docs/cdn.md). The limits here only permit that.
resource "aws_cloudfront_cache_policy" "tiles" {
  name        = "foodmap-${var.environment}-tiles"
  comment     = "As tileserve says: a year for what has a digest, a minute for what is newest"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    # Tiles are sent as gzip or plain. The key has only which of the two, not each browser's Accept-Encoding.
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = false
    cookies_config {
      cookie_behavior = "none"
    }
    # A response to a request with a token or a signature is personal and has `private`.
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Authorization", "Origin"]
      }
    }
    query_strings_config {
      query_string_behavior = "whitelist"
      query_strings {
        items = ["for", "expires", "key", "signature"]
      }
    }
  }
}

# Archives never change: builders stored them with `immutable`.
resource "aws_cloudfront_cache_policy" "archives" {
  name        = "foodmap-${var.environment}-archives"
  comment     = "Written once, under a digest"
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = false
    enable_accept_encoding_brotli = false
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Origin"]
      }
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_origin_access_control" "bucket" {
  name                              = "foodmap-${var.environment}"
  description                       = "The distribution reads the bucket with its own identity"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_response_headers_policy" "secure" {
  # checkov:skip=CKV_AWS_259: sub-domains are included; preloading would bind the company's whole domain
  name    = "foodmap-${var.environment}-secure"
  comment = "Only by HTTPS; all else is said by tileserve"
  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      preload                    = false
      override                   = true
    }
    content_type_options {
      override = true
    }
  }
}

# The secret that proves to tileserve that a request came through the CDN (access.origin_secrets). It refuses all others.
resource "random_password" "origin" {
  length  = 48
  special = false
}

resource "aws_cloudfront_distribution" "map" {
  # checkov:skip=CKV_AWS_374: the map may be viewed from anywhere
  # checkov:skip=CKV_AWS_310: the origin is a load balancer with several servers; a second origin would have the same map
  # checkov:skip=CKV_AWS_305: the servers themselves answer / with the page
  # checkov:skip=CKV2_AWS_47: the web ACL is the company's (web_acl_arn); nothing here runs Java
  comment             = "foodmap ${var.environment}"
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  aliases             = [var.domain]
  price_class         = var.price_class
  web_acl_id          = var.web_acl_arn
  default_root_object = ""

  origin {
    origin_id   = "tileserve"
    domain_name = var.origin
    custom_header {
      name  = "X-Origin-Secret"
      value = random_password.origin.result
    }
    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = 15
      origin_keepalive_timeout = 60
    }
    # Misses of all edges go through one place.
    origin_shield {
      enabled              = true
      origin_shield_region = data.aws_region.this.name
    }
  }

  # Archives of public layers by ranges, directly from the bucket. The bucket refuses internal layers.
  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.map.bucket_regional_domain_name
    origin_path              = "/${local.prefix}"
    origin_access_control_id = aws_cloudfront_origin_access_control.bucket.id
  }

  ordered_cache_behavior {
    path_pattern               = "/archives/*"
    target_origin_id           = "bucket"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = false
    cache_policy_id            = aws_cloudfront_cache_policy.archives.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.secure.id
  }

  default_cache_behavior {
    target_origin_id           = "tileserve"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = false
    cache_policy_id            = aws_cloudfront_cache_policy.tiles.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.secure.id
  }

  # Do not cache 503: the next request tries again. While the origin is down, CloudFront serves stale responses
  # by itself.
  dynamic "custom_error_response" {
    for_each = toset([500, 502, 503, 504])
    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 1
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  logging_config {
    bucket          = aws_s3_bucket.logs.bucket_domain_name
    prefix          = "cdn/"
    include_cookies = false
  }
}

data "aws_region" "this" {}
