"""Questions without an answer: who may know one and can be asked, and which of them reach staff."""
