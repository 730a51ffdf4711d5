# Alarms on what only the provider can measure. Prometheus has the servers' own alerts (deployment/monitoring).
resource "google_monitoring_alert_policy" "answers_fail" {
  project      = var.project
  display_name = "foodmap ${var.environment}: more than 0.1 % of responses are 5xx at the CDN"
  combiner     = "OR"
  conditions {
    display_name = "share of 5xx"
    condition_prometheus_query_language {
      query               = <<-QUERY
        sum(rate(loadbalancing_googleapis_com:https_request_count{monitored_resource="https_lb_rule", url_map_name="${google_compute_url_map.map.name}", response_code_class="500"}[5m]))
        / sum(rate(loadbalancing_googleapis_com:https_request_count{monitored_resource="https_lb_rule", url_map_name="${google_compute_url_map.map.name}"}[5m])) > 0.001
      QUERY
      duration            = "300s"
      evaluation_interval = "60s"
    }
  }
  notification_channels = var.notification_channels
}
