# The bucket of the map. Every object is written once. Versions restore deleted objects.
resource "aws_kms_key" "map" {
  description             = "foodmap ${var.environment}: bucket"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_key_policy" "map" {
  key_id = aws_kms_key.map.id
  policy = data.aws_iam_policy_document.key.json
}

# The account's administrators manage the key. Roles may use it through their own policies.
data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: in a key policy * means the key itself, and the account's administrators must manage it
  # checkov:skip=CKV_AWS_111: as above
  # checkov:skip=CKV_AWS_356: as above
  statement {
    sid       = "Administrators"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }
  statement {
    sid       = "Cdn"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudfront_distribution.map.arn]
    }
  }
}

data "aws_caller_identity" "this" {}

# The generator's table of layers is the only place that says which layers are public.
locals {
  layers        = jsondecode(file("${path.module}/../../../../data/layers.json"))
  public_layers = [for layer in local.layers : layer.id if layer.visibility == "public"]
  # The tables that the vendor snapshot publishes. area-stats/orders is internal.
  public_tables = ["vendors", "options", "area-stats/vendors"]
}

resource "aws_s3_bucket" "map" {
  # checkov:skip=CKV_AWS_144: scripts/backup copies whole maps to another region, account or provider; a replica would copy damage too
  # checkov:skip=CKV2_AWS_62: servers poll for the next manifest; no program waits for events
  bucket = var.bucket
}

resource "aws_s3_bucket_versioning" "map" {
  bucket = aws_s3_bucket.map.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "map" {
  bucket = aws_s3_bucket.map.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.map.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "map" {
  bucket                  = aws_s3_bucket.map.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "map" {
  bucket = aws_s3_bucket.map.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# `tilegen catalog retire` deletes objects of old maps. This rule deletes their old versions.
resource "aws_s3_bucket_lifecycle_configuration" "map" {
  bucket     = aws_s3_bucket.map.id
  depends_on = [aws_s3_bucket_versioning.map]

  rule {
    id     = "removed"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
    expiration {
      expired_object_delete_marker = true
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "map" {
  bucket     = aws_s3_bucket.map.id
  policy     = data.aws_iam_policy_document.bucket.json
  depends_on = [aws_s3_bucket_public_access_block.map]
}

# Common to both bucket policies: refuse requests without TLS.
data "aws_iam_policy_document" "only_by_tls" {
  for_each = { map = aws_s3_bucket.map.arn, logs = aws_s3_bucket.logs.arn }
  statement {
    sid       = "OnlyByTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value, "${each.value}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  source_policy_documents = [data.aws_iam_policy_document.only_by_tls["map"].json]
  statement {
    sid       = "CdnReadsPublicLayers"
    actions   = ["s3:GetObject"]
    resources = [for layer in local.public_layers : "${aws_s3_bucket.map.arn}/${local.prefix}/archives/${layer}/*.pmtiles"]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudfront_distribution.map.arn]
    }
  }
}

# Access logs of the bucket and of CloudFront.
resource "aws_s3_bucket" "logs" {
  # checkov:skip=CKV_AWS_144: logs are kept for a limited time
  # checkov:skip=CKV_AWS_145: the log delivery services cannot use our key
  # checkov:skip=CKV_AWS_18: a log bucket that logs into itself would never stop growing
  # checkov:skip=CKV2_AWS_62: no program waits for events
  bucket = "${var.bucket}-logs"
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    # The log delivery services cannot use our key.
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# CloudFront needs an ACL to deliver its logs.
resource "aws_s3_bucket_ownership_controls" "logs" {
  # checkov:skip=CKV2_AWS_65: CloudFront needs an ACL to deliver its logs
  bucket = aws_s3_bucket.logs.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket     = aws_s3_bucket.logs.id
  depends_on = [aws_s3_bucket_versioning.logs]

  rule {
    id     = "old"
    status = "Enabled"
    filter {}
    expiration {
      days = var.log_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket     = aws_s3_bucket.logs.id
  policy     = data.aws_iam_policy_document.logs.json
  depends_on = [aws_s3_bucket_public_access_block.logs]
}

data "aws_iam_policy_document" "logs" {
  source_policy_documents = [data.aws_iam_policy_document.only_by_tls["logs"].json]
  statement {
    sid       = "BucketLogs"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.logs.arn}/bucket/*"]
    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.map.arn]
    }
  }
}

resource "aws_s3_bucket_logging" "map" {
  bucket        = aws_s3_bucket.map.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "bucket/"
}
