output "store" {
  description = "The store, as both programs take it"
  value       = "s3://${aws_s3_bucket.map.id}/map"
}

output "builder_role_arn" {
  description = "Role for the builders' service account"
  value       = aws_iam_role.this["builder"].arn
}

output "server_role_arn" {
  description = "Role for the servers' service account"
  value       = aws_iam_role.this["server"].arn
}

output "cdn_domain" {
  description = "What the clients' name must point to"
  value       = aws_cloudfront_distribution.map.domain_name
}

output "cdn_id" {
  description = "The distribution, for purging"
  value       = aws_cloudfront_distribution.map.id
}

output "origin_secret" {
  description = "What the balancer must demand in X-Origin-Secret"
  value       = random_password.origin.result
  sensitive   = true
}
