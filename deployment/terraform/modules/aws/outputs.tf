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
  description = "Role for the service account of servers of internal layers"
  value       = aws_iam_role.this["server"].arn
}

output "public_server_role_arn" {
  description = "Role for the service account of servers of public layers only"
  value       = aws_iam_role.this["public"].arn
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
  description = "The secret that tileserve requires in X-Origin-Secret: the SHA-256 is a line of access.origin_secrets"
  value       = random_password.origin.result
  sensitive   = true
}
