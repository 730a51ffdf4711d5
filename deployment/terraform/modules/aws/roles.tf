# Roles: builders write the map and read inputs; internal servers read the map; public servers read its public part;
# backups read the map and write the copy. Pods assume them through their service account, so there are no keys.
locals {
  accounts = merge(
    { builder = var.builder_account, server = var.server_account, public = var.public_server_account },
    var.backup_bucket == null ? {} : { backup = var.backup_account },
  )
  # The store is this folder of the bucket.
  prefix = "map"
}

data "aws_iam_policy_document" "assume" {
  for_each = local.accounts
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${each.value}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each           = local.accounts
  name               = "foodmap-${var.environment}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume[each.key].json
}

data "aws_iam_policy_document" "builder" {
  statement {
    sid       = "Map"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.map.arn}/*"]
  }
  # To restore the map.
  dynamic "statement" {
    for_each = var.backup_bucket == null ? [] : [var.backup_bucket]
    content {
      sid       = "Copy"
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = ["arn:aws:s3:::${statement.value}", "arn:aws:s3:::${statement.value}/*"]
    }
  }
  statement {
    sid       = "Inputs"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${var.inputs_bucket}/*"]
  }
  statement {
    sid       = "Lists"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.map.arn, "arn:aws:s3:::${var.inputs_bucket}"]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.map.arn]
  }
}

data "aws_iam_policy_document" "server" {
  statement {
    sid       = "Map"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.map.arn}/*"]
  }
  statement {
    sid       = "Lists"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.map.arn]
  }
  statement {
    sid       = "Key"
    actions   = concat(["kms:Decrypt"], var.servers_may_ask_for_rebuilds ? ["kms:GenerateDataKey"] : [])
    resources = [aws_kms_key.map.arn]
  }
  dynamic "statement" {
    for_each = var.servers_may_ask_for_rebuilds ? [1] : []
    content {
      sid       = "Requests"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.map.arn}/${local.prefix}/requests/*"]
    }
  }
}

# Each layer has its own folder, so a role can be limited to the public ones. Internal tables are not among these.
data "aws_iam_policy_document" "public" {
  statement {
    sid     = "Map"
    actions = ["s3:GetObject"]
    resources = concat(
      ["${aws_s3_bucket.map.arn}/${local.prefix}/manifests/*"],
      [for layer in local.public_layers : "${aws_s3_bucket.map.arn}/${local.prefix}/archives/${layer}/*"],
      [for table in local.public_tables : "${aws_s3_bucket.map.arn}/${local.prefix}/tables/${table}/*"],
    )
  }
  statement {
    sid     = "Lists"
    actions = ["s3:ListBucket"]
    # Without this right on the whole bucket, S3 answers 403 instead of 404 for the next manifest. It shows names only.
    resources = [aws_s3_bucket.map.arn]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.map.arn]
  }
}

resource "aws_iam_role_policy" "public" {
  name   = "map"
  role   = aws_iam_role.this["public"].id
  policy = data.aws_iam_policy_document.public.json
}

resource "aws_iam_role_policy" "builder" {
  name   = "map"
  role   = aws_iam_role.this["builder"].id
  policy = data.aws_iam_policy_document.builder.json
}

# The copy is in another account or region, whose bucket policy must allow this role. Its key is set up there.
data "aws_iam_policy_document" "backup" {
  count = var.backup_bucket == null ? 0 : 1
  statement {
    sid       = "Map"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.map.arn}/${local.prefix}/*"]
  }
  statement {
    sid       = "Copy"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::${var.backup_bucket}/*"]
  }
  statement {
    sid       = "Lists"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.map.arn, "arn:aws:s3:::${var.backup_bucket}"]
  }
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.map.arn]
  }
}

resource "aws_iam_role_policy" "backup" {
  count  = var.backup_bucket == null ? 0 : 1
  name   = "map"
  role   = aws_iam_role.this["backup"].id
  policy = data.aws_iam_policy_document.backup[0].json
}

resource "aws_iam_role_policy" "server" {
  name   = "map"
  role   = aws_iam_role.this["server"].id
  policy = data.aws_iam_policy_document.server.json
}
