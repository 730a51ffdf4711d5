# Two accounts: builders write the map and read inputs; servers read the map. Pods use them through
# workload identity, so there are no keys.
locals {
  accounts = {
    tilegen   = var.builder_account
    tileserve = var.server_account
  }
}

resource "google_service_account" "this" {
  for_each     = local.accounts
  project      = var.project
  account_id   = "foodmap-${var.environment}-${each.key}"
  display_name = "foodmap ${var.environment}: ${each.key}"
}

resource "google_service_account_iam_member" "pods" {
  for_each           = local.accounts
  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.namespace}/${each.value}]"
}

resource "google_storage_bucket_iam_member" "builder_writes" {
  bucket = google_storage_bucket.map.name
  role   = "roles/storage.objectAdmin"
  member = google_service_account.this["tilegen"].member
}

resource "google_storage_bucket_iam_member" "builder_reads_inputs" {
  bucket = var.inputs_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.this["tilegen"].member
}

resource "google_storage_bucket_iam_member" "server_reads" {
  bucket = google_storage_bucket.map.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.this["tileserve"].member
}

resource "google_storage_bucket_iam_member" "server_asks_for_rebuilds" {
  count  = var.servers_may_ask_for_rebuilds ? 1 : 0
  bucket = google_storage_bucket.map.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.this["tileserve"].member
  condition {
    title      = "requests only"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.map.name}/objects/map/requests/\")"
  }
}
