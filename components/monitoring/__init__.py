"""The monitoring stage: drift over time, skew between training and serving, and the alarms that are worth reading."""
