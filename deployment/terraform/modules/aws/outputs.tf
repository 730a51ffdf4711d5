output "store" {
  description = "The store URL for both programs"
  value       = "s3://${aws_s3_bucket.map.id}/${local.prefix}"
}

output "builder_role_arn" {
  description = "Role for the builders' service account"
  value       = aws_iam_role.this["builder"].arn
}

output "backup_role_arn" {
  description = "Role for the backups' service account; null without backups"
  value       = var.backup_bucket == null ? null : aws_iam_role.this["backup"].arn
}

output "server_role_arn" {
  description = "Role for the servers' service account"
  value       = aws_iam_role.this["server"].arn
}

output "cdn_domain" {
  description = "The target of the clients' DNS name"
  value       = aws_cloudfront_distribution.map.domain_name
}

output "cdn_id" {
  description = "The distribution, for purging"
  value       = aws_cloudfront_distribution.map.id
}

output "origin_secret" {
  description = "The secret that the load balancer requires in X-Origin-Secret"
  value       = random_password.origin.result
  sensitive   = true
}
