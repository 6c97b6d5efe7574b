"""The HTTP toolkit: errors as pages, headers, sign-in glue, filters, charts."""
