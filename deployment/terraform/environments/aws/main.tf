# One environment on AWS. Its tfvars and tfbackend are next to this file. Put the values of your account into
# terraform.tfvars, which is not committed.
terraform {
  # The state contains the origin's secret, so it needs a separate bucket, encrypted and locked.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { application = "foodmap", environment = var.environment }
  }
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
  default_tags {
    tags = { application = "foodmap", environment = var.environment }
  }
}

module "foodmap" {
  source    = "../../modules/aws"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  environment       = var.environment
  bucket            = var.bucket
  inputs_bucket     = var.inputs_bucket
  backup_bucket     = var.backup_bucket
  origin            = var.origin
  domain            = var.domain
  certificate_arn   = var.certificate_arn
  oidc_provider_arn = var.oidc_provider_arn
  oidc_issuer       = var.oidc_issuer
  alarm_topic_arn   = var.alarm_topic_arn
  web_acl_arn       = var.web_acl_arn
  price_class       = var.price_class
  noncurrent_days   = var.noncurrent_days
  log_days          = var.log_days
}

output "foodmap" {
  description = "Values for the chart and the DNS"
  value = {
    store                  = module.foodmap.store
    builder_role_arn       = module.foodmap.builder_role_arn
    server_role_arn        = module.foodmap.server_role_arn
    public_server_role_arn = module.foodmap.public_server_role_arn
    backup_role_arn        = module.foodmap.backup_role_arn
    cdn_domain             = module.foodmap.cdn_domain
    cdn_id                 = module.foodmap.cdn_id
  }
}

output "origin_secret" {
  description = "The secret that tileserve requires in X-Origin-Secret"
  value       = module.foodmap.origin_secret
  sensitive   = true
}
