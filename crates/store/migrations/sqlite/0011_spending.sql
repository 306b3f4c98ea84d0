-- What calls of models used, by month.
CREATE TABLE spending (
    tenant      BLOB   NOT NULL REFERENCES tenants (id),
    month       TEXT   NOT NULL, -- such as 2025-07, in UTC
    model       TEXT   NOT NULL,
    calls       BIGINT NOT NULL,
    tokens_in   BIGINT NOT NULL,
    tokens_out  BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL, -- millionths of the currency of the configured prices
    PRIMARY KEY (tenant, month, model)
);
