variable "environment" {
  description = "dev, staging or prod; part of every name"
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod"
  }
}

variable "bucket" {
  description = "Name of the bucket that holds the map"
  type        = string
}

variable "inputs_bucket" {
  description = "Name of the existing bucket with orders and vendors, which builders read"
  type        = string
}

variable "origin" {
  description = "Host name of the tile servers' load balancer, which the CDN requests over HTTPS"
  type        = string
}

variable "domain" {
  description = "Host name that clients use"
  type        = string
}

variable "certificate_arn" {
  description = "Certificate for that name, in us-east-1 as CloudFront requires"
  type        = string
}

variable "oidc_provider_arn" {
  description = "The cluster's identity provider, through which pods assume roles"
  type        = string
}

variable "oidc_issuer" {
  description = "The same provider's address, without https://"
  type        = string
}

variable "namespace" {
  description = "Namespace of the pods"
  type        = string
  default     = "foodmap"
}

variable "builder_account" {
  description = "Service account of the builders, as the chart names it"
  type        = string
  default     = "foodmap-builder"
}

variable "server_account" {
  description = "Service account of the servers of internal layers, as the chart names it"
  type        = string
  default     = "foodmap-server"
}

variable "public_server_account" {
  description = "Service account of the servers of public layers only, as the chart names it"
  type        = string
  default     = "foodmap-public-server"
}

variable "backup_account" {
  description = "Service account of the backups, as the chart names it"
  type        = string
  default     = "foodmap-backup"
}

variable "backup_bucket" {
  description = "Name of the existing bucket of the copy, in another account or region; null for no backups"
  type        = string
  default     = null
}

variable "servers_may_ask_for_rebuilds" {
  description = "Whether servers may write rebuild requests to the bucket"
  type        = bool
  default     = true
}

variable "noncurrent_days" {
  description = "Days for which the bucket keeps deleted and overwritten objects"
  type        = number
  default     = 30
}

variable "log_days" {
  description = "Days for which access logs are kept"
  type        = number
  default     = 90
}

variable "alarm_topic_arn" {
  description = "Topic that alarms are sent to"
  type        = string
}

variable "price_class" {
  description = "The CloudFront price class: where copies are kept"
  type        = string
  default     = "PriceClass_All"
}

variable "web_acl_arn" {
  description = "Web ACL with the company's rate rule; null for none"
  type        = string
  default     = null
}
