environment     = "dev"
noncurrent_days = 7
log_days        = 30
price_class     = "PriceClass_100"
