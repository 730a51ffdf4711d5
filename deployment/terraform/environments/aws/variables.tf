variable "environment" {
  description = "dev, staging or prod"
  type        = string
}

variable "region" {
  description = "Region of bucket and cluster"
  type        = string
}

variable "bucket" {
  description = "Name of the bucket that holds the map"
  type        = string
}

variable "inputs_bucket" {
  description = "Name of the bucket that holds orders and vendors"
  type        = string
}

variable "backup_bucket" {
  description = "Name of the existing bucket of the copy, in another account or region; null for no backups"
  type        = string
  default     = null
}

variable "origin" {
  description = "Host name of the tile servers' load balancer"
  type        = string
}

variable "domain" {
  description = "Host name that clients use"
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of that name, in us-east-1"
  type        = string
}

variable "oidc_provider_arn" {
  description = "The cluster's identity provider"
  type        = string
}

variable "oidc_issuer" {
  description = "The same provider's address, without https://"
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic in us-east-1 that alarms are sent to"
  type        = string
}

variable "web_acl_arn" {
  description = "Web ACL with the company's rate rule; null for none"
  type        = string
  default     = null
}

variable "noncurrent_days" {
  description = "Days for which the bucket keeps deleted and overwritten objects"
  type        = number
}

variable "log_days" {
  description = "Days for which access logs are kept"
  type        = number
}

variable "price_class" {
  description = "The CloudFront price class: where copies are kept"
  type        = string
}
