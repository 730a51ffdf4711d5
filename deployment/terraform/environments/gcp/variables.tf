variable "environment" {
  description = "dev, staging or prod"
  type        = string
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
  description = "Name of the bucket that holds orders and vendors"
  type        = string
}

variable "origin" {
  description = "Host name of the tile servers' ingress"
  type        = string
}

variable "domain" {
  description = "Host name that clients use"
  type        = string
}

variable "notification_channels" {
  description = "Channels that alerts are sent to"
  type        = list(string)
  default     = []
}

variable "noncurrent_days" {
  description = "Days for which the bucket keeps deleted and overwritten objects"
  type        = number
}
