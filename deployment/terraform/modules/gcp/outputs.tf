output "store" {
  description = "The store URL for both programs"
  value       = "gs://${google_storage_bucket.map.name}/map"
}

output "builder_account" {
  description = "Account for the builders' Kubernetes service account"
  value       = google_service_account.this["tilegen"].email
}

output "server_account" {
  description = "Account for the servers' Kubernetes service account"
  value       = google_service_account.this["tileserve"].email
}

output "address" {
  description = "The target of the clients' DNS name"
  value       = google_compute_global_address.map.address
}
