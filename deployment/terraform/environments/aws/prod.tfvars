environment     = "prod"
noncurrent_days = 90
log_days        = 365
price_class     = "PriceClass_All"
