"""What is this file?"""
