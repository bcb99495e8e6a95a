"""What people are told about files: each part registers its kinds here (park.notices.kinds)."""
