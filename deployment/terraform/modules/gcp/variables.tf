variable "environment" {
  description = "dev, staging or prod; part of every name"
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod"
  }
}

variable "project" {
  description = "Project that everything belongs to"
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
  description = "Name of the bucket that holds orders and vendors, which builders read; made elsewhere"
  type        = string
}

variable "origin" {
  description = "Host name of the tile servers' ingress, which the load balancer asks by HTTPS"
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
  description = "Kubernetes service account of the servers, as the chart names it"
  type        = string
  default     = "foodmap-server"
}

variable "servers_may_ask_for_rebuilds" {
  description = "Whether servers may write requests for rebuilds into the bucket"
  type        = bool
  default     = true
}

variable "noncurrent_days" {
  description = "Days for which the bucket keeps what was removed or written over"
  type        = number
  default     = 30
}

variable "requests_per_minute" {
  description = "Requests that one address may make in a minute before it is turned away for a while"
  type        = number
  default     = 6000
}

variable "notification_channels" {
  description = "Channels that alerts are sent to"
  type        = list(string)
}
