# One environment on Google Cloud. Its tfvars and tfbackend are next to this file. Put the values of your account into
# terraform.tfvars, which is not committed.
terraform {
  backend "gcs" {
  }
}

provider "google" {
  project        = var.project
  default_labels = { application = "foodmap", environment = var.environment }
}

module "foodmap" {
  source = "../../modules/gcp"

  environment           = var.environment
  project               = var.project
  location              = var.location
  bucket                = var.bucket
  inputs_bucket         = var.inputs_bucket
  origin                = var.origin
  domain                = var.domain
  notification_channels = var.notification_channels
  noncurrent_days       = var.noncurrent_days
}

output "foodmap" {
  description = "Values for the chart and the DNS"
  value = {
    store                 = module.foodmap.store
    builder_account       = module.foodmap.builder_account
    server_account        = module.foodmap.server_account
    public_server_account = module.foodmap.public_server_account
    address               = module.foodmap.address
  }
}

output "origin_secret" {
  description = "The secret that tileserve requires in X-Origin-Secret"
  value       = module.foodmap.origin_secret
  sensitive   = true
}
