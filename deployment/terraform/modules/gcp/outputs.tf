output "store" {
  description = "The store URL for both programs"
  value       = "gs://${google_storage_bucket.map.name}/map"
}

output "builder_account" {
  description = "Account for the builders' Kubernetes service account"
  value       = google_service_account.this["tilegen"].email
}

output "server_account" {
  description = "Account for the Kubernetes service account of servers of internal layers"
  value       = google_service_account.this["tileserve"].email
}

output "public_server_account" {
  description = "Account for the Kubernetes service account of servers of public layers only"
  value       = google_service_account.this["public"].email
}

output "origin_secret" {
  description = "The secret that tileserve requires in X-Origin-Secret: the SHA-256 is a line of access.origin_secrets"
  value       = random_password.origin.result
  sensitive   = true
}

output "address" {
  description = "The target of the clients' DNS name"
  value       = google_compute_global_address.map.address
}
