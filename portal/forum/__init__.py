"""The community: boards, topics, posts, votes, accepted answers."""
