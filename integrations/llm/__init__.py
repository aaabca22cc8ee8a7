"""Language models of every provider, through litellm, where the extra `llm` is installed."""
