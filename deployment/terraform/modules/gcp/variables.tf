variable "environment" {
  description = "dev, staging or prod; part of every name"
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod"
  }
}

variable "project" {
  description = "The project of all resources"
  type        = string
}

variable "location" {
  description = "Where the buckets and their key are"
  type        = string
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
  description = "Host name of the tile servers' ingress, which the load balancer requests over HTTPS"
  type        = string
}

variable "domain" {
  description = "Host name that clients use"
  type        = string
}

variable "namespace" {
  description = "Namespace of the pods"
  type        = string
  default     = "foodmap"
}

variable "builder_account" {
  description = "Kubernetes service account of the builders, as the chart names it"
  type        = string
  default     = "foodmap-builder"
}

variable "server_account" {
  description = "Kubernetes service account of the servers of internal layers, as the chart names it"
  type        = string
  default     = "foodmap-server"
}

variable "public_server_account" {
  description = "Kubernetes service account of the servers of public layers only, as the chart names it"
  type        = string
  default     = "foodmap-public-server"
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

variable "requests_per_minute" {
  description = "Requests per minute of one address before it is blocked for a while"
  type        = number
  default     = 6000
}

variable "notification_channels" {
  description = "Channels that alerts are sent to"
  type        = list(string)
}
