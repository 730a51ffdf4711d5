# The bucket of the map. Every object is written once. Versions restore deleted objects.
resource "google_kms_key_ring" "map" {
  name     = "foodmap-${var.environment}"
  location = var.location
}

resource "google_kms_crypto_key" "map" {
  name            = "bucket"
  key_ring        = google_kms_key_ring.map.id
  rotation_period = "7776000s"
  lifecycle {
    prevent_destroy = true
  }
}

data "google_storage_project_service_account" "this" {
  project = var.project
}

resource "google_kms_crypto_key_iam_member" "storage" {
  crypto_key_id = google_kms_crypto_key.map.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.this.member
}

resource "google_storage_bucket" "map" {
  name                        = var.bucket
  project                     = var.project
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  depends_on                  = [google_kms_crypto_key_iam_member.storage]

  versioning {
    enabled = true
  }
  encryption {
    default_kms_key_name = google_kms_crypto_key.map.id
  }
  # `tilegen catalog retire` deletes objects of old maps. This rule deletes their old versions.
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = var.noncurrent_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }
  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = "bucket"
  }
}

resource "google_storage_bucket" "logs" {
  # checkov:skip=CKV_GCP_62: a log bucket that logs into itself would never stop growing
  name                        = "${var.bucket}-logs"
  project                     = var.project
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }
  lifecycle_rule {
    condition {
      age = 90
    }
    action {
      type = "Delete"
    }
  }
}
