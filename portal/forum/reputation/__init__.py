"""What people are known for in the community: points, levels and badges, all counted from stored outcomes."""
