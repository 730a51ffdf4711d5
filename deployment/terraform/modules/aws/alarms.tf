# Alarms on what only the provider can measure. Prometheus has the servers' own alerts (deployment/monitoring).
locals {
  alarms = {
    answers-fail = {
      description = "More than 0.1 % of responses are 5xx at the CDN"
      metric      = "5xxErrorRate"
      threshold   = 0.1
      statistic   = "Average"
    }
    origin-slow = {
      description = "The servers take more than two seconds to answer the CDN (p99)"
      metric      = "OriginLatency"
      threshold   = 2000
      statistic   = "p99"
    }
    cache-misses = {
      description = "The CDN's hit ratio is below 80 %"
      metric      = "CacheHitRate"
      threshold   = 80
      statistic   = "Average"
    }
  }
}

resource "aws_cloudfront_monitoring_subscription" "map" {
  distribution_id = aws_cloudfront_distribution.map.id
  monitoring_subscription {
    realtime_metrics_subscription_config {
      realtime_metrics_subscription_status = "Enabled"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "cdn" {
  provider = aws.us_east_1
  for_each = local.alarms

  alarm_name          = "foodmap-${var.environment}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/CloudFront"
  metric_name         = each.value.metric
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.key == "cache-misses" ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
  dimensions = {
    DistributionId = aws_cloudfront_distribution.map.id
    Region         = "Global"
  }
}
