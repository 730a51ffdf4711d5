environment     = "staging"
noncurrent_days = 14
log_days        = 30
price_class     = "PriceClass_100"
