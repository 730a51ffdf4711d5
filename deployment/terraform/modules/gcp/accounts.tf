# Accounts: builders write the map and read inputs; internal servers read the map; public servers read its public part.
# Pods use them through workload identity, so there are no keys.
locals {
  accounts = {
    tilegen   = var.builder_account
    tileserve = var.server_account
    public    = var.public_server_account
  }
  # The generator's table of layers is the only place that says which layers are public.
  layers        = jsondecode(file("${path.module}/../../../../data/layers.json"))
  public_layers = [for layer in local.layers : layer.id if layer.visibility == "public"]
  # The tables that the vendor snapshot publishes. area-stats/orders is internal.
  public_tables = ["vendors", "options", "area-stats/vendors"]
  public_folders = concat(
    ["manifests"],
    [for layer in local.public_layers : "archives/${layer}"],
    [for table in local.public_tables : "tables/${table}"],
  )
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

# One binding for each folder: a condition may have at most twelve logical operators.
resource "google_storage_bucket_iam_member" "public_server_reads" {
  for_each = toset(local.public_folders)
  bucket   = google_storage_bucket.map.name
  role     = "roles/storage.objectViewer"
  member   = google_service_account.this["public"].member
  condition {
    title      = "public ${replace(each.value, "/", " ")}"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.map.name}/objects/map/${each.value}/\")"
  }
}

# Lists names, and lets the store answer 404 for the next manifest.
resource "google_storage_bucket_iam_member" "public_server_lists" {
  bucket = google_storage_bucket.map.name
  role   = google_project_iam_custom_role.lists.name
  member = google_service_account.this["public"].member
}

resource "google_project_iam_custom_role" "lists" {
  project     = var.project
  role_id     = "foodmap_${var.environment}_lists"
  title       = "foodmap ${var.environment}: list objects"
  permissions = ["storage.objects.list"]
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
