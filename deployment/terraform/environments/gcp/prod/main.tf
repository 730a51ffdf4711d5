# prod on Google Cloud. What is particular to your project stands in terraform.tfvars, which is not kept here.
terraform {
  backend "gcs" {
    prefix = "foodmap/prod"
  }
}

provider "google" {
  project        = var.project
  default_labels = { application = "foodmap", environment = "prod" }
}

module "foodmap" {
  source = "../../../modules/gcp"

  environment           = "prod"
  project               = var.project
  location              = var.location
  bucket                = var.bucket
  inputs_bucket         = var.inputs_bucket
  origin                = var.origin
  domain                = var.domain
  notification_channels = var.notification_channels
  noncurrent_days       = 90
}

output "foodmap" {
  description = "What the chart and the DNS need"
  value = {
    store           = module.foodmap.store
    builder_account = module.foodmap.builder_account
    server_account  = module.foodmap.server_account
    address         = module.foodmap.address
  }
}
