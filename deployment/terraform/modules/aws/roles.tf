# Two roles: builders write the map and read inputs; servers read the map. Pods assume them through their
# service account, so there are no keys.
locals {
  accounts = {
    builder = var.builder_account
    server  = var.server_account
  }
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
      resources = ["${aws_s3_bucket.map.arn}/requests/*"]
    }
  }
}

resource "aws_iam_role_policy" "builder" {
  name   = "map"
  role   = aws_iam_role.this["builder"].id
  policy = data.aws_iam_policy_document.builder.json
}

resource "aws_iam_role_policy" "server" {
  name   = "map"
  role   = aws_iam_role.this["server"].id
  policy = data.aws_iam_policy_document.server.json
}
